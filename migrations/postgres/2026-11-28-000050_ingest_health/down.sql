DROP TABLE ingest_health;
