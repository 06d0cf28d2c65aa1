"""What holds even against raw SQL: append-only tables, the preparer on each decision, no approval without a decision."""

from django.db import migrations

from approvals.defaults import POLICIES
from audit.operations import AppendOnly

WALLS = """
ALTER TABLE approvals_decision ADD CONSTRAINT approvals_decision_of_preparer
  FOREIGN KEY (request_id, prepared_by_id) REFERENCES approvals_approvalrequest (id, prepared_by_id);

CREATE FUNCTION approvals_request_state() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' AND NEW.state <> 'pending' THEN
    RAISE EXCEPTION 'an approval request begins pending' USING ERRCODE = '23514';
  END IF;
  IF TG_OP = 'UPDATE' AND NEW.state IS DISTINCT FROM OLD.state THEN
    IF OLD.state NOT IN ('pending', 'approved') OR NEW.state = 'pending' THEN
      RAISE EXCEPTION 'a % request does not become %', OLD.state, NEW.state USING ERRCODE = '23514';
    END IF;
    IF NEW.state IN ('approved', 'rejected') AND NOT EXISTS (
      SELECT 1 FROM approvals_decision d
      WHERE d.request_id = NEW.id AND d.approved = (NEW.state = 'approved') AND d.content_hash = NEW.content_hash
    ) THEN
      RAISE EXCEPTION 'a request becomes % only by a decision', NEW.state USING ERRCODE = '23514';
    END IF;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER request_state BEFORE INSERT OR UPDATE ON approvals_approvalrequest
  FOR EACH ROW EXECUTE FUNCTION approvals_request_state();
ALTER TABLE approvals_approvalrequest ENABLE ALWAYS TRIGGER request_state;
"""


def add_default_policies(apps, schema_editor):
    Policy = apps.get_model("approvals", "Policy")
    for default in POLICIES:
        values = {**default, "conditions": [condition.as_json() for condition in default["conditions"]]}
        Policy.objects.create(**values, version=1, created_by_name="set-up")


class Migration(migrations.Migration):
    dependencies = [("approvals", "0001_initial"), ("audit", "0001_initial")]

    operations = [
        migrations.RunSQL(WALLS, migrations.RunSQL.noop),
        migrations.RunPython(add_default_policies, migrations.RunPython.noop),
        AppendOnly(
            "approvals_approvalrequest",
            ["state", "closed_at", "close_reason", "effect", "effect_detail", "effect_at"],
        ),
        AppendOnly("approvals_decision"),
        AppendOnly("approvals_policy", ["is_active", "retired_at"]),
    ]
