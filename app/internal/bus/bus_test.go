package bus

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

func TestEmitsOncePerTickAndNeverMissesTheLast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		first, emitted := 0, []time.Time{}
		seen := 0
		var b *Bus[int]
		b = New(&first, func() {
			emitted = append(emitted, time.Now())
			seen = *b.Latest()
		})
		done := make(chan struct{})
		go func() { b.Run(ctx); close(done) }()
		for i := range 1000 {
			b.Publish(&i)
			time.Sleep(time.Millisecond)
		}
		time.Sleep(time.Second)
		cancel()
		<-done
		if seen != 999 {
			t.Errorf("the last emit saw picture %d, want 999", seen)
		}
		for i := 1; i < len(emitted); i++ {
			if d := emitted[i].Sub(emitted[i-1]); d < Tick {
				t.Fatalf("%v between two emits", d)
			}
		}
		if n := len(emitted); n < 50 || n > 65 {
			t.Errorf("%d emits in a second of changes", n)
		}
	})
}

func TestQuietWithoutNews(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		first := 7
		b := New(&first, func() { t.Error("emitted without news") })
		done := make(chan struct{})
		go func() { b.Run(ctx); close(done) }()
		time.Sleep(time.Minute)
		cancel()
		<-done
		if *b.Latest() != 7 {
			t.Error("the first picture is gone")
		}
	})
}
