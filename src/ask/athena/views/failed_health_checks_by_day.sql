-- Health checks that failed, by day, target and reason.
SELECT
    day,
    account,
    region,
    target_group_id,
    target_addr,
    reason_code,
    count(*) AS failed
FROM health_checks
WHERE status = 'FAIL'
GROUP BY day, account, region, target_group_id, target_addr, reason_code
