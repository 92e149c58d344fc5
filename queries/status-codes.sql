-- name: status-codes
-- title: Status codes, most frequent first
-- question: Which status codes do clients get, from whom, and when?
-- param: by choice(all|elb|target_group|host|method) = all — what a row is, beside its status code
-- param: bucket duration = auto 24 — length of a bar
-- key: status name
-- column: status code STATUS
-- column: name text OF
-- column: requests count REQUESTS
-- column: share share SHARE
-- column: from_target count FROM THE TARGET [optional 2]
-- column: from_elb count FROM THE LOAD BALANCER [optional 3]
-- column: first_seen time FIRST SEEN [optional 5]
-- column: last_seen time LAST SEEN [optional 4]
-- bars: requests REQUESTS / {bucket}
-- chart: status_2xx count Requests per {bucket} > 2xx
-- chart: status_3xx count Requests per {bucket} > 3xx
-- chart: status_4xx count Requests per {bucket} > 4xx
-- chart: status_5xx count Requests per {bucket} > 5xx
-- note: 460 the client closed the connection early; 463, 464: X-Forwarded-For or protocol not accepted; 561: authentication; 000: HTTP/2 reset
-- next: albstats report errors {flags} — whose the 5xx are
-- next: albstats report why {flags} — why requests failed
SELECT part, status, name, bucket, requests, CAST(requests AS double) / nullif(of_all, 0) AS share, from_target,
       requests - from_target AS from_elb, first_seen, last_seen, status_2xx, status_3xx, status_4xx, status_5xx
FROM (
    SELECT *, max(CASE WHEN part = 'total' THEN requests END) OVER () AS of_all
    FROM (
        SELECT CASE grouping(status, name, bucket) WHEN 0 THEN 'point' WHEN 1 THEN 'row' WHEN 6 THEN 'time' ELSE 'total' END AS part,
               status, name, bucket, count(*) AS requests, count_if(status = target_status_code) AS from_target,
               min(time) AS first_seen, max(time) AS last_seen,
               count_if(status BETWEEN 200 AND 299) AS status_2xx, count_if(status BETWEEN 300 AND 399) AS status_3xx,
               count_if(status BETWEEN 400 AND 499) AS status_4xx, count_if(status BETWEEN 500 AND 599) AS status_5xx
        FROM (
            SELECT elb_status_code AS status, target_status_code, time,
                   CASE WHEN :by = 'all' THEN 'all'
                        WHEN :by = 'elb' THEN elb
                        WHEN :by = 'target_group' THEN coalesce(target_group_arn, '(no target group)')
                        WHEN :by = 'host' THEN coalesce(lower(url_extract_host(request_url)), '(none)')
                        WHEN :by = 'method' THEN coalesce(request_verb, '(none)') END AS name,
                   CAST(floor(to_unixtime(time) / :bucket) * :bucket AS bigint) AS bucket
            FROM requests
        ) AS prepared
        GROUP BY GROUPING SETS ((status, name), (status, name, bucket), (bucket), ())
    ) AS grouped
) AS measured
ORDER BY requests DESC, status, name, bucket
