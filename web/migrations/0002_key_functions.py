from django.db import migrations

# Planned once per session. `web_claim_key` answers with nothing when the key is the caller's now.
FUNCTIONS = """
CREATE FUNCTION web_claim_key(p_owner_id bigint, p_key text, p_body_sha256 bytea)
RETURNS TABLE (body_sha256 bytea, status smallint, answer text)
LANGUAGE plpgsql SET lock_timeout = '10s' SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
BEGIN
  INSERT INTO web_idempotencykey (owner_id, key, body_sha256, status)
  VALUES (p_owner_id, p_key, p_body_sha256, 0) ON CONFLICT (owner_id, key) DO NOTHING;
  IF NOT FOUND THEN
    RETURN QUERY SELECT k.body_sha256, k.status, k.answer::text FROM web_idempotencykey k
    WHERE k.owner_id = p_owner_id AND k.key = p_key;
  END IF;
END $$;
CREATE FUNCTION web_store_answer(p_owner_id bigint, p_key text, p_status int, p_answer jsonb) RETURNS void
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
BEGIN
  UPDATE web_idempotencykey SET status = p_status, answer = p_answer WHERE owner_id = p_owner_id AND key = p_key;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("web", "0001_initial")]

    operations = [migrations.RunSQL(FUNCTIONS, "DROP FUNCTION web_claim_key, web_store_answer")]
