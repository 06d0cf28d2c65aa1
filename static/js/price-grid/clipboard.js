// A block as spreadsheets put it on the clipboard: tabs and line ends, a cell in quotes when it holds either.

export function parseBlock(text) {
  const rows = [[""]];
  let quoted = false;
  let fresh = true;
  for (let i = 0; i < text.length; i++) {
    const sign = text[i];
    const row = rows[rows.length - 1];
    if (quoted) {
      if (sign === '"' && text[i + 1] === '"') row[row.length - 1] += text[i++];
      else if (sign === '"') quoted = false;
      else row[row.length - 1] += sign;
    } else if (sign === '"' && fresh) quoted = true;
    else if (sign === "\t") row.push("");
    else if (sign === "\n" || sign === "\r") {
      if (sign === "\r" && text[i + 1] === "\n") i++;
      rows.push([""]);
    } else row[row.length - 1] += sign;
    fresh = sign === "\t" || sign === "\n" || sign === "\r";
  }
  if (rows.length > 1 && rows[rows.length - 1].length === 1 && rows[rows.length - 1][0] === "") rows.pop();
  return rows.map((row) => row.map((cell) => cell.trim()));
}

export function blockText(rows) {
  return rows.map((row) => row.map((cell) => (/["\t\n\r]/.test(cell) ? `"${cell.replace(/"/g, '""')}"` : cell)).join("\t")).join("\n");
}

/** True when the first column holds product numbers the grid knows and is not itself a price column. */
export function isKeyedBySku(rows, knows) {
  const named = rows.filter((row) => row.length > 1 && row[0]);
  return named.length > 0 && named.filter((row) => knows(row[0])).length * 2 > named.length;
}
