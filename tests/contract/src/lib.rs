//! What every adapter must do, as one suite of cases that runs against the ports.
