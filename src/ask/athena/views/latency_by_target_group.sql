-- How long the targets of each target group took to answer, by day, seconds. Requests that no target answered are not
-- counted; neither are WebSockets, whose time is that of the whole connection.
SELECT
    day,
    account,
    region,
    split_part(target_group_arn, '/', 2) AS target_group,
    count(*) AS requests,
    approx_percentile(target_processing_time, 0.5) AS p50,
    approx_percentile(target_processing_time, 0.9) AS p90,
    approx_percentile(target_processing_time, 0.99) AS p99,
    max(target_processing_time) AS slowest
FROM requests
WHERE target_group_arn IS NOT NULL AND target_processing_time IS NOT NULL AND type NOT IN ('ws', 'wss')
GROUP BY day, account, region, split_part(target_group_arn, '/', 2)
