#!/bin/sh
# Creates the user and the database of the catalog. You can run this at any time. It also sets the user's password.
set -eu
psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --set password="$CATALOG_PASSWORD" --dbname temporal <<'SQL'
SELECT 'CREATE ROLE everclip LOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'everclip') \gexec
ALTER ROLE everclip PASSWORD :'password';
SELECT $$CREATE DATABASE everclip OWNER everclip TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8'$$
  WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'everclip') \gexec
SQL
