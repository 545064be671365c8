// What `npm start` runs after set-up: the daemon, in this process.
// Arguments are handed on: npm start -- --data-dir /tmp/sallyport
process.argv.splice(2, 0, "start");
await import("../packages/server/bin/sallyport.js");
