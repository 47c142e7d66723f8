//! Refund requests: a queue where a person decides, exceptionally, one credit at a time.
