package comment

import "math"

// sparse is a matrix by rows: row i has columns index[from[i]:from[i+1]] with the values beside them.
type sparse struct {
	from  []int
	index []int32
	value []float64
	width int
}

// fit gives the weights, the last of them the constant, that make C times the loss of logistic regression plus half the
// square of the weights (the constant apart) least. It is L-BFGS, one thread, every sum in one order: the same rows
// give the same bits. The float64() around products forbids the compiler to fuse them, which it would do on some
// processors only.
func fit(x sparse, y []bool, c float64) []float64 {
	w := make([]float64, x.width+1)
	g := make([]float64, len(w))
	f := loss(x, y, c, w, g)
	var past history
	next, ng := make([]float64, len(w)), make([]float64, len(w))
	first := norm(g)
	for range mostSteps {
		if norm(g) <= 1e-3*first {
			break
		}
		d := past.direction(g)
		slope := dot(d, g)
		if slope >= 0 {
			break
		}
		size := 1.0
		if len(past.s) == 0 {
			size = 1 / math.Max(1, norm(g))
		}
		better := false
		for range 30 {
			for i := range w {
				next[i] = w[i] + float64(size*d[i])
			}
			nf := loss(x, y, c, next, ng)
			if nf <= f+float64(1e-4*size*slope) {
				f, better = nf, true
				break
			}
			size /= 2
		}
		if !better {
			break
		}
		past.add(w, next, g, ng)
		w, next, g, ng = next, w, ng, g
	}
	return w
}

const (
	mostSteps  = 200
	remembered = 8
)

// loss is what fit makes least, with its gradient in g.
func loss(x sparse, y []bool, c float64, w, g []float64) float64 {
	last := len(w) - 1
	sum := 0.0
	for i := range last {
		g[i] = w[i]
		sum += float64(w[i] * w[i])
	}
	sum /= 2
	g[last] = 0
	for i := range y {
		z := w[last]
		for k := x.from[i]; k < x.from[i+1]; k++ {
			z += float64(w[x.index[k]] * x.value[k])
		}
		sign := -1.0
		if y[i] {
			sign = 1
		}
		sum += float64(c * softplus(-sign*z))
		d := float64(-sign * c * logistic(-sign*z))
		for k := x.from[i]; k < x.from[i+1]; k++ {
			g[x.index[k]] += float64(d * x.value[k])
		}
		g[last] += d
	}
	return sum
}

func logistic(z float64) float64 { return 1 / (1 + math.Exp(-z)) }

// softplus is log(1+exp(z)).
func softplus(z float64) float64 { return math.Max(z, 0) + math.Log1p(math.Exp(-math.Abs(z))) }

func dot(a, b []float64) float64 {
	sum := 0.0
	for i := range a {
		sum += float64(a[i] * b[i])
	}
	return sum
}

func norm(a []float64) float64 { return math.Sqrt(dot(a, a)) }

// history is the steps that L-BFGS goes by, newest last.
type history struct {
	s, y [][]float64
	rho  []float64
}

func (h *history) add(w, next, g, ng []float64) {
	s, y := make([]float64, len(w)), make([]float64, len(w))
	for i := range w {
		s[i], y[i] = next[i]-w[i], ng[i]-g[i]
	}
	sy := dot(s, y)
	if sy <= 1e-12 {
		return
	}
	if len(h.s) == remembered {
		h.s, h.y, h.rho = h.s[1:], h.y[1:], h.rho[1:]
	}
	h.s, h.y, h.rho = append(h.s, s), append(h.y, y), append(h.rho, 1/sy)
}

// direction is the way down by the steps remembered: the two loops of Nocedal and Wright, algorithm 7.4.
func (h *history) direction(g []float64) []float64 {
	d := make([]float64, len(g))
	for i := range g {
		d[i] = -g[i]
	}
	alpha := make([]float64, len(h.s))
	for k := len(h.s) - 1; k >= 0; k-- {
		alpha[k] = h.rho[k] * dot(h.s[k], d)
		for i := range d {
			d[i] -= float64(alpha[k] * h.y[k][i])
		}
	}
	if n := len(h.s); n > 0 {
		scale := 1 / (h.rho[n-1] * dot(h.y[n-1], h.y[n-1]))
		for i := range d {
			d[i] *= scale
		}
	}
	for k := range h.s {
		beta := h.rho[k] * dot(h.y[k], d)
		for i := range d {
			d[i] += float64((alpha[k] - beta) * h.s[k][i])
		}
	}
	return d
}
