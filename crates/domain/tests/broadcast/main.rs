//! The rule that moves a room and its key together, seen from outside: as a table, and over random histories.

mod fixture;
mod invariants;
mod table;
