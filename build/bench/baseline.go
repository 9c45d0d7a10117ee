package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"time"
)

// floor is what any server that stores a message before it tells an agent of it must spend: one write made
// durable and one round trip on loopback.
type floor struct{ p50, p99 time.Duration }

// takeFloor measures n of them in dir, a little apart as messages come.
func takeFloor(dir string, n int) (floor, error) {
	f, err := os.Create(filepath.Join(dir, "fsync"))
	if err != nil {
		return floor{}, err
	}
	defer f.Close()
	conn, done, err := echo()
	if err != nil {
		return floor{}, err
	}
	defer done()
	took := make([]time.Duration, 0, n)
	block := make([]byte, 4096)
	for range n {
		start := time.Now()
		if _, err := f.WriteAt(block, 0); err != nil {
			return floor{}, err
		}
		if err := f.Sync(); err != nil {
			return floor{}, err
		}
		if _, err := conn.Write(block[:512]); err != nil {
			return floor{}, err
		}
		if _, err := io.ReadFull(conn, block[:512]); err != nil {
			return floor{}, err
		}
		took = append(took, time.Since(start))
		time.Sleep(time.Millisecond)
	}
	return floor{percentile(took, 0.5), percentile(took, 0.99)}, nil
}

// echo connects to a server on loopback that sends back what it gets.
func echo() (net.Conn, func(), error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, nil, err
	}
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		_, _ = io.Copy(c, c)
	}()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		l.Close()
		return nil, nil, fmt.Errorf("loopback: %w", err)
	}
	return c, func() { c.Close(); l.Close() }, nil
}
