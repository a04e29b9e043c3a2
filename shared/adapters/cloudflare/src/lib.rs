//! The ports on Cloudflare Workers: D1, KV, Durable Objects, Queues, fetch.
