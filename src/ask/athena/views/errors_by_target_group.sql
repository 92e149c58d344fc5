-- Requests and errors of each target group by day; who answered with the error: a target, or the load balancer because
-- no target did.
SELECT
    day,
    account,
    region,
    split_part(target_group_arn, '/', 2) AS target_group,
    count(*) AS requests,
    count_if(elb_status_code >= 500) AS errors,
    count_if(elb_status_code >= 500 AND target_status_code >= 500) AS from_targets,
    count_if(elb_status_code >= 500 AND target_status_code IS NULL) AS from_load_balancer
FROM requests
WHERE target_group_arn IS NOT NULL
GROUP BY day, account, region, split_part(target_group_arn, '/', 2)
