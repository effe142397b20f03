import { defineScript } from 'redis';

/**
 * Appends a message in one step that no other command gets between: its id is `<epoch>-<number>`, the number one more than that of the last message.
 *
 * `XADD <room> <epoch>-*` (Redis 7.0) counts within an epoch, so also a message that is deleted leaves its number used. Each life of the Redis
 * server, known by its `run_id`, is an epoch: a server that comes back may have lost its newest messages, and a replica that takes over, too. So is each
 * life of a room: one that was deleted begins again at 1.
 */
export const appendScript = defineScript({
  NUMBER_OF_KEYS: 3,
  SCRIPT: `
    local room, epochs, life = KEYS[1], KEYS[2], KEYS[3]
    local author, message, history = ARGV[1], ARGV[2], ARGV[3]

    local time = redis.call('TIME')
    local now = time[1] * 1000 + math.floor(time[2] / 1000)
    local at = string.format('%.0f', now)
    local run = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)')
    local known = redis.call('HMGET', life, 'run', 'epoch')
    local id
    if known[1] == run and redis.call('EXISTS', room) == 1 then
      id = known[2] .. '-*'
    else
      local last = 0
      if redis.call('EXISTS', room) == 1 then
        local info = redis.call('XINFO', 'STREAM', room)
        for i = 1, #info, 2 do
          if info[i] == 'last-generated-id' then last = tonumber(string.match(info[i + 1], '%d+$')) end
        end
      end
      local epoch = string.format('%.0f', math.max(now, (tonumber(known[2]) or 0) + 1))
      redis.call('HSET', life, 'run', run, 'epoch', epoch)
      redis.call('HSET', epochs, epoch, last)
      id = epoch .. '-' .. string.format('%.0f', last + 1)
    end
    return { redis.call('XADD', room, 'MAXLEN', history, id, 'author', author, 'message', message, 'at', at), at }
  `,
  parseCommand(parser, keys: readonly [string, string, string], author: string, message: string, history: number) {
    parser.pushKeys([...keys]);
    parser.push(author, message, String(history));
  },
  transformReply: (reply: unknown) => {
    const [id, at] = reply as [string, string];
    return { id, at: Number(at) };
  },
});
