-- name: lcu
-- title: Load balancer capacity units, most first
-- question: How many LCUs does each load balancer use, when, and what drives them?
-- key: elb
-- column: elb text LOAD BALANCER
-- column: requests count REQUESTS
-- column: lcu_hours number LCU HOURS > SUM
-- column: driver text LCU HOURS > DRIVEN BY
-- column: peak_lcu number PEAK HOUR > LCU
-- column: peak_driver text PEAK HOUR > DRIVEN BY [optional 3]
-- column: peak_hour time PEAK HOUR > BEGINS [optional 2]
-- column: connection_lcu number LCU HOURS BY > CONNECTIONS [optional 4]
-- column: byte_lcu number LCU HOURS BY > BYTES [optional 5]
-- column: rule_lcu number LCU HOURS BY > RULES [optional 6]
-- column: connections count NEW CONNECTIONS [optional 8]
-- column: processed_bytes bytes PROCESSED [optional 7]
-- note: LCU an hour is billed by its largest dimension: 25 new connections a second, 3,000 active connections a minute, 1 GB an hour (0.4 GB of Lambda functions), 1,000 rule evaluations a second
-- note: known bytes are those of the access logs; new connections those of the connection logs, none where these are off
-- note: unknown active connections are in no log, nor are requests and handshakes that were not logged; of the rules of a listener those up to the matched one count that were matched at all, less 10 free ones: the true number may be higher
-- note: bill CloudWatch ConsumedLCUs is what is billed: this says what it comes from
--
-- An hour's LCUs are the largest dimension of that hour; their sum over hours is what is paid for. A part of an hour
-- counts as what was in it. https://aws.amazon.com/elasticloadbalancing/pricing/
WITH prepared AS (
    SELECT elb, CAST(floor(to_unixtime(time) / 3600) AS bigint) AS hour, url_extract_port(request_url) AS port,
           matched_rule_priority AS rule,
           coalesce(received_bytes, 0) + coalesce(sent_bytes, 0) AS bytes,
           target_ip IS NULL AND target_group_arn IS NOT NULL AND target_processing_time IS NOT NULL AS is_function
    FROM requests
),
by_rule AS (
    SELECT elb, hour, port, rule, count(*) AS requests, sum(bytes) AS processed_bytes,
           sum(CASE WHEN is_function THEN bytes ELSE 0 END) AS function_bytes
    FROM prepared
    GROUP BY elb, hour, port, rule
),
connected AS (
    SELECT elb, CAST(floor(to_unixtime(time) / 3600) AS bigint) AS hour FROM connections
),
logged AS (
    SELECT elb, hour, requests, processed_bytes, function_bytes, 0 AS connections,
           CASE WHEN rule IS NULL OR rule < 0 THEN 0
                ELSE dense_rank() OVER (PARTITION BY elb, port, rule IS NULL OR rule < 0 ORDER BY
                    CASE WHEN rule = 0 THEN 1000000 ELSE rule END)
                END AS evaluated
    FROM by_rule
    UNION ALL
    SELECT elb, hour, 0, 0, 0, count(*), 0
    FROM connected
    GROUP BY elb, hour
),
dimensions AS (
    SELECT elb, hour, sum(requests) AS requests, sum(connections) AS connections,
           sum(processed_bytes) AS processed_bytes, sum(connections) / 9e4 AS connection_lcu,
           sum(processed_bytes - function_bytes) / 1e9 + sum(function_bytes) / 4e8 AS byte_lcu,
           sum(CASE WHEN evaluated > 10 THEN requests * (evaluated - 10) ELSE 0 END) / 36e5 AS rule_lcu
    FROM logged
    GROUP BY elb, hour
),
hours AS (
    SELECT *, CASE WHEN connection_lcu >= byte_lcu AND connection_lcu >= rule_lcu THEN connection_lcu
                   WHEN byte_lcu >= rule_lcu THEN byte_lcu ELSE rule_lcu END AS lcu,
           CASE WHEN connection_lcu >= byte_lcu AND connection_lcu >= rule_lcu THEN 'connections'
                WHEN byte_lcu >= rule_lcu THEN 'bytes' ELSE 'rules' END AS driver
    FROM dimensions
),
grouped AS (
    SELECT CASE grouping(elb) WHEN 0 THEN 'row' ELSE 'total' END AS part, elb, sum(requests) AS requests,
           sum(lcu) AS lcu_hours, max(lcu) AS peak_lcu, max_by(driver, lcu) AS peak_driver,
           max_by(from_unixtime(hour * 36e2), lcu) AS peak_hour, sum(connection_lcu) AS connection_lcu,
           sum(byte_lcu) AS byte_lcu, sum(rule_lcu) AS rule_lcu, sum(connections) AS connections,
           sum(processed_bytes) AS processed_bytes
    FROM hours
    GROUP BY GROUPING SETS ((elb), ())
)
SELECT part, elb, requests, lcu_hours,
       CASE WHEN lcu_hours = 0 THEN NULL WHEN connection_lcu >= byte_lcu AND connection_lcu >= rule_lcu THEN 'connections'
            WHEN byte_lcu >= rule_lcu THEN 'bytes' ELSE 'rules' END AS driver,
       peak_lcu, CASE WHEN part = 'row' THEN peak_driver END AS peak_driver, CASE WHEN part = 'row' THEN peak_hour END AS peak_hour,
       connection_lcu, byte_lcu, rule_lcu, connections, processed_bytes
FROM grouped
ORDER BY lcu_hours DESC, elb
