#!/bin/sh
# Everything that can be said about the code without running it. Goes through all of it and fails at the end.
set -u
failed=""
step() {
    name=$1
    shift
    echo "== $name"
    "$@" || failed="$failed $name,"
}
bin=.venv/bin
# Settings as production has them; the values only have to look real, nothing is connected.
key=$($bin/python -c 'import secrets; print(secrets.token_urlsafe(64))')
production() {
    env SECRET_KEY="$key" DATABASE_URL=postgres://app@db.invalid/steelyard REDIS_URL=redis://broker.invalid/0 \
        ALLOWED_HOSTS=steelyard.example INSECURE_LOCAL=0 DEBUG=0 "$@"
}
step format $bin/ruff format --check --quiet .
step lint $bin/ruff check --quiet .
step types $bin/mypy .
step imports $bin/lint-imports
step migrations production $bin/python -W ignore manage.py makemigrations --check --dry-run
step deploy production $bin/python manage.py check --deploy --fail-level WARNING
if [ -n "$failed" ]; then
    echo "make check found faults in:${failed%,}" >&2
    exit 1
fi
echo "make check: nothing found"
