//! From media messages to CMAF parts and segments.
