-- name: rules
-- title: Listener rules, most requests first
-- question: Which listener rules get traffic, and which are dead?
-- param: quiet_since time = 1970-01-01T00:00:00Z — a rule without requests from this time on is dead; the middle of the window if not given
-- param: bucket duration = auto 12 — length of a bar
-- key: elb port rule
-- column: elb text LOAD BALANCER
-- column: port code PORT
-- column: rule text RULE
-- column: actions text ACTIONS [optional 6]
-- column: target_group text TARGET GROUP [optional 4]
-- column: requests count REQUESTS
-- column: share share SHARE [optional 5]
-- column: errors count 5xx
-- column: error_rate share RATE [optional 3]
-- column: first_seen time FIRST SEEN [optional 7]
-- column: last_seen time LAST SEEN [optional 2]
-- bars: requests REQUESTS / {bucket}
-- note: RULE its priority in the listener; `default` is the listener's last one, `error` a rule that could not be evaluated, `none` a request that was answered before any
-- note: PORT the URL's: that of the listener, unless the client wrote another into its Host header
-- note: unused rules without a single request in the window are in no log: compare with aws elbv2 describe-rules
-- fold: prepared: elb -port -rule
--
-- A rule that had requests before :quiet_since and none since is dead.
WITH prepared AS (
    SELECT elb, url_extract_port(request_url) AS port, matched_rule_priority AS rule,
           CAST(floor(to_unixtime(time) / :bucket) * :bucket AS bigint) AS bucket,
           elb_status_code, actions_executed, target_group_arn, time
    FROM requests
),
grouped AS (
    SELECT CASE grouping(elb, bucket) WHEN 0 THEN 'point' WHEN 1 THEN 'row' ELSE 'total' END AS part,
           elb, port, rule, bucket, count(*) AS requests, count_if(elb_status_code BETWEEN 500 AND 599) AS errors,
           count_if(time >= from_unixtime(:quiet_since)) AS requests_since,
           min(actions_executed) AS first_action, max(actions_executed) AS last_action,
           min(target_group_arn) AS first_group, max(target_group_arn) AS last_group,
           min(time) AS first_seen, max(time) AS last_seen
    FROM prepared
    GROUP BY GROUPING SETS ((elb, port, rule), (elb, port, rule, bucket), ())
)
SELECT part, elb, port, CASE WHEN elb = '(all others)' THEN NULL WHEN rule IS NULL THEN 'none' WHEN rule = 0 THEN 'default' WHEN rule = -1 THEN 'error'
                             ELSE CAST(rule AS varchar) END AS rule, bucket,
       CASE WHEN first_action = last_action THEN first_action ELSE first_action || ' or ' || last_action END AS actions,
       CASE WHEN first_group = last_group THEN first_group WHEN first_group IS NOT NULL THEN '(several)' END AS target_group,
       requests, CAST(requests AS double) / max(requests) OVER () AS share, requests_since,
       errors, CAST(errors AS double) / requests AS error_rate, first_seen, last_seen
FROM grouped
ORDER BY requests DESC, elb, port, rule, bucket
