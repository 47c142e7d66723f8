//! How much of the pending list was heard from and asked lately (o9, N23).
