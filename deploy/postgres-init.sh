#!/bin/sh
# Runs once, when the database volume is empty: the same two roles and privileges as config/embedded/postgres.py makes.
set -eu
psql --set ON_ERROR_STOP=1 --set owner_password="$OWNER_PASSWORD" --set app_password="$APP_PASSWORD" \
    --username "$POSTGRES_USER" --dbname postgres <<'SQL'
CREATE ROLE steelyard_owner LOGIN NOSUPERUSER NOCREATEROLE PASSWORD :'owner_password';
CREATE ROLE steelyard_app LOGIN NOSUPERUSER NOCREATEROLE PASSWORD :'app_password';
CREATE DATABASE steelyard OWNER steelyard_owner ENCODING 'UTF8' LOCALE 'C.UTF-8' TEMPLATE template0;
\connect steelyard
CREATE EXTENSION IF NOT EXISTS btree_gist;
CREATE EXTENSION IF NOT EXISTS pg_trgm;
REVOKE ALL ON DATABASE steelyard FROM PUBLIC;
GRANT CONNECT, TEMPORARY ON DATABASE steelyard TO steelyard_app;
ALTER SCHEMA public OWNER TO steelyard_owner;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO steelyard_app;
ALTER DEFAULT PRIVILEGES FOR ROLE steelyard_owner IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO steelyard_app;
ALTER DEFAULT PRIVILEGES FOR ROLE steelyard_owner IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO steelyard_app;
SQL
