-- name: health
-- title: Health checks per target, most failures first
-- question: Which targets failed their health checks and why, and did requests fail beside?
-- param: top count = 20 — rows shown
-- param: bucket duration = auto 24 — length of a bar
-- key: target_group, target
-- column: target_group text TARGET GROUP
-- column: target text TARGET
-- column: checks count CHECKS
-- column: failed count FAILED
-- column: failure_rate share RATE
-- column: reason text MOSTLY [optional 2]
-- column: changes number CHANGES [optional 6]
-- column: first_failure time FIRST FAILURE [optional 5]
-- column: last_failure time LAST FAILURE [optional 4]
-- column: latency_p50 seconds CHECK TOOK, ms > p50 [optional 8]
-- column: latency_p99 seconds CHECK TOOK, ms > p99 [optional 7]
-- bars: failed FAILED / {bucket}
-- note: changes how often bars with failures follow bars without, or the other way round
-- fold: prepared: target_group if is_failed, target if is_failed
--
-- Every node of a load balancer checks every target.
WITH prepared AS (
    SELECT coalesce(target_group_id, '(none)') AS target_group, coalesce(target_addr, '(none)') AS target, time,
           latency, status <> 'PASS' AS is_failed,
           CASE WHEN status <> 'PASS' THEN coalesce(reason_code, '(none)') END AS reason_code,
           CAST(floor(to_unixtime(time) / :bucket) * :bucket AS bigint) AS bucket
    FROM health_checks
),
grouped AS (
    SELECT CASE grouping(target_group, target, reason_code, bucket) WHEN 3 THEN 'row' WHEN 2 THEN 'point'
                WHEN 1 THEN 'reason' ELSE 'total' END AS part,
           target_group, target, reason_code, bucket, count(*) AS checks, count_if(is_failed) AS failed,
           min(time) AS first_check, max(time) AS last_check,
           min(CASE WHEN is_failed THEN time END) AS first_failure,
           max(CASE WHEN is_failed THEN time END) AS last_failure,
           approx_percentile(round(latency, 3), ARRAY[0.5, 0.99]) AS latency
    FROM prepared
    GROUP BY GROUPING SETS ((target_group, target), (target_group, target, bucket),
                            (target_group, target, reason_code), ())
),
followed AS (
    SELECT *, max(CASE WHEN part = 'row' THEN failed END) OVER (PARTITION BY target_group, target) AS of_key,
           lag(failed = 0) OVER (PARTITION BY part, target_group, target ORDER BY bucket, reason_code) AS was_well
    FROM grouped
),
placed AS (
    SELECT *,
           sum(CASE WHEN part = 'point' AND (failed = 0) <> was_well THEN 1 ELSE 0 END) OVER (PARTITION BY target_group, target) AS changes,
           max(CASE WHEN part = 'reason' THEN lpad(CAST(failed AS varchar), 12, '0') || reason_code END)
               OVER (PARTITION BY target_group, target) AS most_common,
           dense_rank() OVER (PARTITION BY part ORDER BY of_key DESC, target_group, target) AS place,
           sum(CASE WHEN part = 'row' THEN 1 ELSE 0 END) OVER (PARTITION BY part) AS of_rows
    FROM followed
    WHERE part <> 'reason' OR reason_code IS NOT NULL
)
SELECT part, target_group, target, reason_code, bucket, checks, failed,
       CAST(failed AS double) / nullif(checks, 0) AS failure_rate, substr(most_common, 13) AS reason,
       CASE WHEN part <> 'total' THEN changes END AS changes,
       first_check, last_check, first_failure, last_failure, latency[1] AS latency_p50, latency[2] AS latency_p99, of_rows
FROM placed
WHERE part IN ('total', 'reason', 'point') OR place <= :top OR :top = 0
ORDER BY failed DESC, target_group, target, bucket, reason_code
