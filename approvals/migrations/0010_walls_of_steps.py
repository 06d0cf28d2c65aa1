"""Steps, delegations and reviews hold against raw SQL too; what waited before has one step."""

from django.db import migrations

from approvals.defaults import POLICIES
from audit.operations import AppendOnly

AGAIN = """
DROP TRIGGER deny_truncate ON approvals_approvalrequest;
DROP TRIGGER deny_row ON approvals_approvalrequest;
DROP TRIGGER deny_columns ON approvals_approvalrequest;
"""

STEPS_OF_WHAT_WAITS = """
INSERT INTO approvals_step (request_id, number, permission, user_name, needed, given, due_hours, state, opened_at, due_at)
SELECT id, 1, permission, '', 1, 0,
       greatest(1, least(720, ceil(extract(epoch FROM coalesce(due_at, requested_at) - requested_at) / 3600)))::int,
       'open', requested_at, coalesce(due_at, requested_at + interval '24 hours')
FROM approvals_approvalrequest WHERE state = 'pending' AND permission <> '';
"""

WALLS = """
CREATE OR REPLACE FUNCTION approvals_request_state() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' AND NEW.state <> 'pending' THEN
    RAISE EXCEPTION 'an approval request begins pending' USING ERRCODE = '23514';
  END IF;
  IF TG_OP = 'UPDATE' AND NEW.state IS DISTINCT FROM OLD.state THEN
    IF OLD.state NOT IN ('pending', 'approved') OR NEW.state = 'pending' THEN
      RAISE EXCEPTION 'a % request does not become %', OLD.state, NEW.state USING ERRCODE = '23514';
    END IF;
    IF NEW.state IN ('approved', 'rejected', 'returned') AND NOT EXISTS (
      SELECT 1 FROM approvals_decision d
      WHERE d.request_id = NEW.id AND d.content_hash = NEW.content_hash
        AND d.approved = (NEW.state = 'approved') AND d.returned = (NEW.state = 'returned')
    ) THEN
      RAISE EXCEPTION 'a request becomes % only by a decision', NEW.state USING ERRCODE = '23514';
    END IF;
    IF NEW.state = 'approved' AND EXISTS (
      SELECT 1 FROM approvals_step s WHERE s.request_id = NEW.id AND s.state <> 'done'
    ) THEN
      RAISE EXCEPTION 'a request is approved only when every step is done' USING ERRCODE = '23514';
    END IF;
  END IF;
  RETURN NEW;
END $$;

CREATE FUNCTION approvals_decision_by_whom() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.decided_by_kind <> 'user' THEN
    RETURN NEW;
  END IF;
  IF EXISTS (
    SELECT 1 FROM approvals_approvalrequest r WHERE r.id = NEW.request_id
      AND r.contributor_ids && ARRAY[NEW.decided_by_id, coalesce(NEW.on_behalf_of_id, NEW.decided_by_id)]
  ) THEN
    RAISE EXCEPTION 'nobody decides what they had a hand in' USING ERRCODE = '23514';
  END IF;
  IF EXISTS (
    SELECT 1 FROM approvals_decision d WHERE d.request_id = NEW.request_id AND d.decided_by_kind = 'user'
      AND ARRAY[d.decided_by_id, coalesce(d.on_behalf_of_id, d.decided_by_id)]
       && ARRAY[NEW.decided_by_id, coalesce(NEW.on_behalf_of_id, NEW.decided_by_id)]
  ) THEN
    RAISE EXCEPTION 'one person has one word, in whoever''s right' USING ERRCODE = '23505';
  END IF;
  IF NEW.approved AND EXISTS (SELECT 1 FROM approvals_step s WHERE s.request_id = NEW.request_id) AND NOT EXISTS (
    SELECT 1 FROM approvals_step s WHERE s.id = NEW.step_id AND s.request_id = NEW.request_id AND s.state = 'open'
  ) THEN
    RAISE EXCEPTION 'a yes counts for an open step' USING ERRCODE = '23514';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER decision_by_whom BEFORE INSERT ON approvals_decision
  FOR EACH ROW EXECUTE FUNCTION approvals_decision_by_whom();
ALTER TABLE approvals_decision ENABLE ALWAYS TRIGGER decision_by_whom;

CREATE FUNCTION approvals_step_given() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.given > OLD.given AND NEW.given > (
    SELECT count(*) FROM approvals_decision d WHERE d.step_id = NEW.id AND d.approved
  ) THEN
    RAISE EXCEPTION 'a step counts decisions that were made' USING ERRCODE = '23514';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER step_given BEFORE UPDATE ON approvals_step FOR EACH ROW EXECUTE FUNCTION approvals_step_given();
ALTER TABLE approvals_step ENABLE ALWAYS TRIGGER step_given;
"""


def add_missing_policies(apps, schema_editor):
    Policy = apps.get_model("approvals", "Policy")
    known = set(Policy.objects.values_list("name", flat=True))
    for default in POLICIES:
        if default["name"] not in known:
            values = {**default, "conditions": [condition.as_json() for condition in default["conditions"]]}
            Policy.objects.create(**values, version=1, created_by_name="set-up")


class Migration(migrations.Migration):
    dependencies = [("approvals", "0009_steps_and_delegations")]

    operations = [
        # Rows are written here before tables are altered: their constraints are not put off.
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),
        migrations.RunPython(add_missing_policies, migrations.RunPython.noop),
        migrations.RunSQL([AGAIN, STEPS_OF_WHAT_WAITS, WALLS], migrations.RunSQL.noop),
        AppendOnly(
            "approvals_approvalrequest",
            ["state", "closed_at", "close_reason", "due_at", "effect", "effect_detail", "effect_at"],
        ),
        AppendOnly(
            "approvals_step",
            ["given", "state", "opened_at", "due_at", "reminded_at", "escalated_at", "done_at"],
        ),
        AppendOnly("approvals_delegation", ["revoked_at", "revoked_by_name"]),
        AppendOnly("approvals_authorlimit", ["ended_at"]),
        AppendOnly("approvals_remark"),
        AppendOnly(
            "approvals_review",
            ["outcome", "note", "reviewed_by_id", "reviewed_by_name", "reviewed_at"],
        ),
        AppendOnly("approvals_policyproposal", ["state", "closed_at", "policy_id"]),
    ]
