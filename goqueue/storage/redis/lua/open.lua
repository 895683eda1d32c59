#!lua flags=allow-oom
-- ARGV: moment, a node for the ids of a new queue, its schema. Returns those of the queue.
call('HSETNX', META, 'node', ARGV[2])
call('HSETNX', META, 'schema', ARGV[3])
return call('HMGET', META, 'node', 'schema')
