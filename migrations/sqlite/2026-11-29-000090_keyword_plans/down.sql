-- Nothing to do: SQLite counts nothing of these indexes.
SELECT 1;
