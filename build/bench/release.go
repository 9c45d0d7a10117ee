package main

import "context"

// releases prints how fast many chats that are due in the same second go back to the queue, with their timers fired together
// as the server does it, beside one after the other and beside as many bare fsyncs.
func releases(ctx context.Context, _ options) error {
	return benchmarks(ctx, "release", "Release", "1x", "./backend/internal/clock")
}
