-- Nothing to do: the index of titles is in no order here.
SELECT 1;
