-- Lines that could not be read, by day and reason: a reason that appears from one day on means that AWS changed something.
SELECT
    day,
    account,
    region,
    kind,
    reason,
    count(*) AS rejected,
    count(DISTINCT log_object) AS objects
FROM rejected_lines
GROUP BY day, account, region, kind, reason
