from django.db import migrations

# A claim that holds its answer already, for a statement that claims, does and answers at once.
FUNCTION = """
CREATE FUNCTION web_claim_with_answer(
  p_owner_id bigint, p_key text, p_body_sha256 bytea, p_status int, p_answer jsonb) RETURNS void
LANGUAGE plpgsql SET lock_timeout = '10s' SET plan_cache_mode = force_generic_plan AS $$
BEGIN
  INSERT INTO web_idempotencykey (owner_id, key, body_sha256, status, answer)
  VALUES (p_owner_id, p_key, p_body_sha256, p_status, p_answer) ON CONFLICT (owner_id, key) DO NOTHING;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'the key is taken' USING ERRCODE = 'SY409';
  END IF;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("web", "0004_w_stored_files")]

    operations = [migrations.RunSQL(FUNCTION, "DROP FUNCTION web_claim_with_answer")]
