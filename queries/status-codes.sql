-- name: status-codes
-- title: Status codes, most frequent first
-- question: Which status codes do clients get, from whom, and when?
-- param: by choice(all|elb|target_group|host|method|target|rule|client) = all — what a row is, beside its status code
-- param: top count = 20 — rows shown
-- param: bucket duration = auto 24 — length of a bar
-- key: status name
-- column: status code STATUS
-- column: name text OF
-- column: requests count REQUESTS
-- column: share share SHARE
-- column: from_target count FROM TARGET
-- column: from_elb count FROM LB
-- column: first_seen time FIRST SEEN [optional 5]
-- column: last_seen time LAST SEEN [optional 4]
-- column: meaning text MEANING, IF FROM LB [optional 3]
-- bars: requests REQUESTS / {bucket}
-- chart: status_2xx count Requests per {bucket} > 2xx
-- chart: status_3xx count Requests per {bucket} > 3xx
-- chart: status_4xx count Requests per {bucket} > 4xx
-- chart: status_5xx count Requests per {bucket} > 5xx
-- note: LB the load balancer: it made a status unless it passed on the target's own
-- next: albstats report errors {flags} — whose the 5xx are
-- next: albstats report why {flags} — why requests failed
-- fold: prepared: name
WITH prepared AS (
    SELECT elb_status_code AS status, target_status_code, time,
           coalesce(CASE WHEN :by = 'all' THEN 'all'
                         WHEN :by = 'elb' THEN elb
                         WHEN :by = 'target_group' THEN coalesce(target_group_arn, '(no target group)')
                         WHEN :by = 'host' THEN lower(url_extract_host(request_url))
                         WHEN :by = 'method' THEN request_verb
                         WHEN :by = 'target' THEN target_ip || ':' || CAST(target_port AS varchar)
                         WHEN :by = 'rule' THEN CAST(matched_rule_priority AS varchar)
                         WHEN :by = 'client' THEN client_ip END, '(none)') AS name,
           CAST(floor(to_unixtime(time) / :bucket) * :bucket AS bigint) AS bucket
    FROM requests
),
grouped AS (
    SELECT CASE grouping(status, name, bucket) WHEN 0 THEN 'point' WHEN 1 THEN 'row' WHEN 6 THEN 'time' ELSE 'total' END AS part,
           status, name, bucket, count(*) AS requests, count_if(status = target_status_code) AS from_target,
           min(time) AS first_seen, max(time) AS last_seen,
           count_if(status BETWEEN 200 AND 299) AS status_2xx, count_if(status BETWEEN 300 AND 399) AS status_3xx,
           count_if(status BETWEEN 400 AND 499) AS status_4xx, count_if(status BETWEEN 500 AND 599) AS status_5xx
    FROM prepared
    GROUP BY GROUPING SETS ((status, name), (status, name, bucket), (bucket), ())
),
ranked AS (
    SELECT *, max(CASE WHEN part = 'total' THEN requests END) OVER () AS of_all,
           max(CASE WHEN part = 'row' THEN requests END) OVER (PARTITION BY status, name) AS of_key
    FROM grouped
),
placed AS (
    SELECT *, dense_rank() OVER (PARTITION BY part ORDER BY of_key DESC, status, name) AS place,
           sum(CASE WHEN part = 'row' THEN 1 ELSE 0 END) OVER (PARTITION BY part) AS of_rows
    FROM ranked
)
SELECT part, status, name, bucket, requests, CAST(requests AS double) / nullif(of_all, 0) AS share, from_target,
       requests - from_target AS from_elb, first_seen, last_seen,
       CASE WHEN from_target = requests THEN '' WHEN status = 0 THEN 'HTTP/2 stream reset by the client'
            WHEN status IN (301, 302) THEN 'redirect or login' WHEN status = 400 THEN 'not HTTP as it should be'
            WHEN status = 401 THEN 'login needed' WHEN status = 403 THEN 'AWS WAF or fixed response' WHEN status = 404 THEN 'fixed response'
            WHEN status = 405 THEN 'method TRACE, or AWS WAF' WHEN status = 408 THEN 'client sent its request too slowly'
            WHEN status = 413 THEN 'request too large' WHEN status = 414 THEN 'URL or header too long'
            WHEN status = 460 THEN 'client left before the answer' WHEN status = 463 THEN 'X-Forwarded-For: over 30 addresses'
            WHEN status = 464 THEN 'protocol of request and targets differ'
            WHEN status = 500 THEN 'rule, AWS WAF or login failed' WHEN status = 501 THEN 'Transfer-Encoding not known'
            WHEN status = 502 THEN 'target refused or broke off, or Lambda failed' WHEN status = 503 THEN 'no target in use'
            WHEN status = 504 THEN 'target not reached, or no answer in time' WHEN status = 505 THEN 'version of HTTP'
            WHEN status = 507 THEN 'redirect URL too long' WHEN status = 561 THEN 'login failed at the identity provider'
            ELSE '' END AS meaning,
       status_2xx, status_3xx, status_4xx, status_5xx, of_rows
FROM placed
WHERE part IN ('time', 'total') OR place <= :top OR :top = 0
ORDER BY requests DESC, status, name, bucket
