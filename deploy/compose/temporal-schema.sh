#!/bin/sh
# Creates Temporal's databases where they are missing, and brings their tables up to the version of this tool.
# Where the database is comes from SQL_*, which the tool reads itself. Every step does nothing when it was done before.
set -eu

for database in temporal temporal_visibility; do
  case $database in
    temporal) schema=postgresql/v12/temporal ;;
    temporal_visibility) schema=postgresql/v12/visibility ;;
  esac
  export SQL_DATABASE="$database"
  temporal-sql-tool create-database
  temporal-sql-tool setup-schema --version 0.0
  temporal-sql-tool update-schema --schema-name "$schema"
done
