// Command icon draws build/appicon.png, the same picture as frontend/public/icon.svg: for the window, the desktop's
// menu and notifications.
package main

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"log"
	"os"

	"golang.org/x/image/vector"
)

const (
	side  = 512
	scale = side / 32.0 // the drawing's own grid is 32 by 32
	bend  = 0.5523      // of a quarter circle's control points
)

func main() {
	picture := image.NewRGBA(image.Rect(0, 0, side, side))
	bubble := &pen{vector.NewRasterizer(side, side)}
	bubble.roundRect(3, 3, 29, 23, 4)
	fill(picture, bubble, color.RGBA{0x2b, 0x5d, 0x8a, 0xff})
	tail := &pen{vector.NewRasterizer(side, side)}
	tail.polygon(8, 22, 17, 22, 15, 23, 8, 29)
	fill(picture, tail, color.RGBA{0x2b, 0x5d, 0x8a, 0xff})
	lines := &pen{vector.NewRasterizer(side, side)}
	lines.roundRect(8.75, 9.25, 23.25, 11.75, 1.25)
	lines.roundRect(8.75, 14.75, 18.25, 17.25, 1.25)
	fill(picture, lines, color.RGBA{0xff, 0xff, 0xff, 0xff})

	var b bytes.Buffer
	if err := png.Encode(&b, picture); err != nil {
		log.Fatal(err)
	}
	if err := os.WriteFile("build/appicon.png", b.Bytes(), 0o644); err != nil {
		log.Fatal(err)
	}
}

func fill(on draw.Image, p *pen, c color.Color) {
	p.Draw(on, on.Bounds(), image.NewUniform(c), image.Point{})
}

// pen draws on the grid.
type pen struct{ *vector.Rasterizer }

func (p *pen) polygon(points ...float32) {
	p.MoveTo(points[0]*scale, points[1]*scale)
	for i := 2; i < len(points); i += 2 {
		p.LineTo(points[i]*scale, points[i+1]*scale)
	}
	p.ClosePath()
}

func (p *pen) curve(x1, y1, x2, y2, x, y float32) {
	p.CubeTo(x1*scale, y1*scale, x2*scale, y2*scale, x*scale, y*scale)
}

func (p *pen) line(x, y float32) { p.LineTo(x*scale, y*scale) }

// roundRect draws a rectangle whose corners have the radius r.
func (p *pen) roundRect(x0, y0, x1, y1, r float32) {
	c := r * (1 - bend)
	p.MoveTo((x0+r)*scale, y0*scale)
	p.line(x1-r, y0)
	p.curve(x1-c, y0, x1, y0+c, x1, y0+r)
	p.line(x1, y1-r)
	p.curve(x1, y1-c, x1-c, y1, x1-r, y1)
	p.line(x0+r, y1)
	p.curve(x0+c, y1, x0, y1-c, x0, y1-r)
	p.line(x0, y0+r)
	p.curve(x0, y0+c, x0+c, y0, x0+r, y0)
	p.ClosePath()
}
