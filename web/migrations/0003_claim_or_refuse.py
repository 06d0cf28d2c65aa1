from django.db import migrations

# The same claim for a statement that goes ahead of others in one trip: a key that is taken fails the trip.
FUNCTION = """
CREATE FUNCTION web_claim_or_fail(p_owner_id bigint, p_key text, p_body_sha256 bytea) RETURNS void
LANGUAGE plpgsql SET lock_timeout = '10s' SET plan_cache_mode = force_generic_plan AS $$
BEGIN
  INSERT INTO web_idempotencykey (owner_id, key, body_sha256, status)
  VALUES (p_owner_id, p_key, p_body_sha256, 0) ON CONFLICT (owner_id, key) DO NOTHING;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'the key is taken' USING ERRCODE = 'SY409';
  END IF;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("web", "0002_key_functions")]

    operations = [migrations.RunSQL(FUNCTION, "DROP FUNCTION web_claim_or_fail")]
