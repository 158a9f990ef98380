-- What old deliveries are found by, to be forgotten.
CREATE INDEX callback_deliveries_by_created_at ON callback_deliveries (app_id, created_at, sequence);
