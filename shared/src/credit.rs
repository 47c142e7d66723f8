//! Credits: immutable transfers, chained entries; what a provider has, spent and got back.
