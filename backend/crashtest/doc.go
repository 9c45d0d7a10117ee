// Package crashtest ends the server and the console as kill -9 does, at every named moment of package crash and at
// seeded ones, while customers write and an agent answers, and compares after each time what was promised with what
// is there: in the database, at the vendor and in the console. And it ends the server while it releases 2,000 chats. It needs the build tag e2e, builds the two programs
// itself with the moments in them, and opens no window. PARLEY_SEED chooses another run than the usual one, PARLEY_KILLS
// how often each program is killed. It has no code of its own.
package crashtest
