-- The number is taken by another change; this file gives way to it.
SELECT 1;
