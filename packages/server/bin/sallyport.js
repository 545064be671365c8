#!/usr/bin/env node
// Placeholder until the launcher lands.
process.exit(1);
