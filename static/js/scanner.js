// Reading codes: a keyboard-wedge scanner types fast and ends with Enter; a camera reads where the browser can.

/**
 * Send what a wedge scanner types to `field` even when nothing has the focus; Enter in the field reads it.
 * onCode gets the text; the field is emptied and keeps the focus.
 */
export function wedge(field, onCode) {
  document.addEventListener("keydown", (event) => {
    const at = document.activeElement;
    const isTyping = at && /^(INPUT|SELECT|TEXTAREA|BUTTON|A|SUMMARY)$/.test(at.tagName);
    if (isTyping || event.ctrlKey || event.metaKey || event.altKey || event.key.length !== 1) return;
    field.focus();
  });
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.ctrlKey || event.isComposing) return;
    event.preventDefault();
    const text = field.value.trim();
    field.value = "";
    if (text) onCode(text);
  });
}

const FORMATS = ["ean_13", "ean_8", "upc_a", "upc_e", "code_128", "itf", "qr_code", "data_matrix"];
const SAME_CODE_MS = 2000;

/** Whether this browser reads codes with the camera. */
export function hasCamera() {
  return "BarcodeDetector" in window && Boolean(navigator.mediaDevices?.getUserMedia);
}

/**
 * Show the camera in `video` and hand every code to onCode, the same one at most every two seconds, until stop() is called.
 * Rejects when the camera is not allowed.
 */
export async function camera(video, onCode) {
  const known = await window.BarcodeDetector.getSupportedFormats?.();
  const formats = known ? FORMATS.filter((format) => known.includes(format)) : FORMATS;
  const detector = new window.BarcodeDetector({ formats });
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
  video.srcObject = stream;
  await video.play();
  let isOn = true;
  const last = { code: "", at: 0 };
  async function look() {
    if (!isOn) return;
    try {
      for (const found of await detector.detect(video)) {
        const now = performance.now();
        if (found.rawValue === last.code && now - last.at < SAME_CODE_MS) continue;
        Object.assign(last, { code: found.rawValue, at: now });
        navigator.vibrate?.(40);
        onCode(found.rawValue);
      }
    } catch { /* a frame that cannot be read: the next one will be */ }
    setTimeout(look, 120);
  }
  look();
  return function stop() {
    isOn = false;
    for (const track of stream.getTracks()) track.stop();
    video.srcObject = null;
  };
}
