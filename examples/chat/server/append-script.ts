import { defineScript } from 'redis';

/**
 * Appends a message atomically. Its id is `<epoch>-<number>`, and the number is one more than that of the last message.
 *
 * `XADD <room> <epoch>-*` (Redis 7.0) counts within an epoch, so the number of a message that is deleted stays used. An epoch ends with the life of the
 * Redis server (its `run_id`), if a replica takes over (its `master_replid`), and if the room isn't as the last message has left it: deleted, or
 * restored from an older copy. Newer messages may be lost then, and their numbers are given again.
 */
export const appendScript = defineScript({
  NUMBER_OF_KEYS: 3,
  SCRIPT: `
    local room, epochs, life = KEYS[1], KEYS[2], KEYS[3]
    local author, message, history = ARGV[1], ARGV[2], ARGV[3]

    local time = redis.call('TIME')
    local now = time[1] * 1000 + math.floor(time[2] / 1000)
    local at = string.format('%.0f', now)
    local run = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)') ..
      string.match(redis.call('INFO', 'replication'), 'master_replid:(%w+)')
    local known = redis.call('HMGET', life, 'run', 'epoch', 'last')
    local lastId = '0-0'
    if redis.call('EXISTS', room) == 1 then
      local info = redis.call('XINFO', 'STREAM', room)
      for i = 1, #info, 2 do
        if info[i] == 'last-generated-id' then lastId = info[i + 1] end
      end
    end
    local id
    local begins = 0
    if known[1] == run and known[3] == lastId then
      id = known[2] .. '-*'
    else
      local last = tonumber(string.match(lastId, '%d+$'))
      local epoch = string.format('%.0f', math.max(now, (tonumber(known[2]) or 0) + 1))
      redis.call('HSET', life, 'run', run, 'epoch', epoch)
      redis.call('HSET', epochs, epoch, last)
      id = epoch .. '-' .. string.format('%.0f', last + 1)
      begins = 1
    end
    id = redis.call('XADD', room, 'MAXLEN', history, id, 'author', author, 'message', message, 'at', at)
    redis.call('HSET', life, 'last', id)
    return { id, at, begins }
  `,
  parseCommand(parser, keys: readonly [string, string, string], author: string, message: string, history: number) {
    parser.pushKeys([...keys]);
    parser.push(author, message, String(history));
  },
  transformReply: (reply: unknown) => {
    const [id, at, begins] = reply as [string, string, number];
    /** `begins`: whether it's the first message of an epoch. */
    return { id, at: Number(at), begins: begins === 1 };
  },
});
