#!/bin/sh
# Creates and upgrades Temporal's two databases. You can run this at any time.
set -eu
export SQL_PASSWORD="$POSTGRES_PWD"
sql() { temporal-sql-tool --plugin postgres12 --ep "$POSTGRES_SEEDS" -p "$DB_PORT" -u "$POSTGRES_USER" "$@"; }
for database in temporal temporal_visibility; do
  case $database in temporal) tables=temporal ;; *) tables=visibility ;; esac
  # Fails if the database exists.
  sql --db "$database" create || true
  sql --db "$database" setup-schema -v 0.0
  sql --db "$database" update-schema -d "/etc/temporal/schema/postgresql/v12/$tables/versioned"
done
