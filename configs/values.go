package configs

import (
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
)

func (d *decoder) scalar(key string, n ast.Node, into reflect.Value) {
	switch into.Kind() {
	case reflect.String:
		if s, ok := text(n); ok {
			into.SetString(s)
			return
		}
		d.wrong(key, n, "is %s; want text, in quotes if it looks like a number", nodeWord(n))
	case reflect.Bool:
		if b, ok := n.(*ast.BoolNode); ok {
			into.SetBool(b.Value)
			return
		}
		d.wrong(key, n, "is %s; want true or false", nodeWord(n))
	case reflect.Int, reflect.Int64:
		if i, ok := whole(n); ok {
			into.SetInt(i)
			return
		}
		d.wrong(key, n, "is %s; want a whole number", nodeWord(n))
	case reflect.Float64:
		if f, ok := number(n); ok {
			into.SetFloat(f)
			return
		}
		d.wrong(key, n, "is %s; want a number, as 0.2", nodeWord(n))
	default:
		panic("configs: no way to read a " + into.Type().String()) // a new kind of field, caught by the test of defaults
	}
}

func text(n ast.Node) (string, bool) {
	switch n := n.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.LiteralNode:
		return n.Value.Value, true
	}
	return "", false
}

func whole(n ast.Node) (int64, bool) {
	i, ok := n.(*ast.IntegerNode)
	if !ok {
		return 0, false
	}
	switch v := i.Value.(type) {
	case int64:
		return v, true
	case uint64:
		return int64(v), v <= math.MaxInt64
	}
	return 0, false
}

func number(n ast.Node) (float64, bool) {
	if f, ok := n.(*ast.FloatNode); ok {
		return f.Value, true
	}
	i, ok := whole(n)
	return float64(i), ok
}

func (d *decoder) duration(key string, n ast.Node, into reflect.Value) {
	s, ok := text(n)
	if !ok {
		d.wrong(key, n, "is %s, without a unit; want a time as 10s, 5m, 24h or 30d", nodeWord(n))
		return
	}
	t, err := ParseTime(s)
	if err != nil {
		d.wrong(key, n, "%v", err)
		return
	}
	into.SetInt(int64(t))
}

// ParseTime reads a length of time as settings and flags write it: Go's durations, and whole days as 30d. A negative one is an
// error: no setting means one.
func ParseTime(s string) (time.Duration, error) {
	if days, ok := strings.CutSuffix(s, "d"); ok {
		n, err := strconv.Atoi(days)
		if err == nil && n >= 0 && n <= 36500 {
			return time.Duration(n) * 24 * time.Hour, nil
		}
	} else if t, err := time.ParseDuration(s); err == nil && t >= 0 {
		return t, nil
	}
	return 0, fmt.Errorf("%q is not a time; want one as 10s, 5m, 24h or 30d", s)
}

// secret takes a secret out of the environment. One written into the file is refused, so that a settings file can be
// shown, copied and committed; most secrets have a key of their own that ends in _file beside it.
func (d *decoder) secret(key string, n ast.Node, into reflect.Value) {
	s, _ := text(n)
	if s == "" {
		if _, ok := text(n); !ok {
			d.wrong(key, n, "is %s; want ${NAME}, the name of an environment variable", nodeWord(n))
		}
		return
	}
	name, ok := strings.CutPrefix(s, "${")
	name, closed := strings.CutSuffix(name, "}")
	if !ok || !closed || name == "" {
		d.wrong(key, n, "holds the secret itself; put it in a file and name that as %s_file, or write ${NAME} and set that environment variable", lastPart(key))
		return
	}
	v, set := d.env(name)
	if !set || v == "" {
		d.wrong(key, n, "environment variable %s is not set; set it before starting", name)
		return
	}
	into.SetString(v)
}

func lastPart(key string) string { return key[strings.LastIndex(key, ".")+1:] }

// nodeWord says what a value is, without telling it: it may be a secret in the wrong place.
func nodeWord(n ast.Node) string {
	switch n.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		return "a section"
	case *ast.SequenceNode:
		return "a list"
	case *ast.IntegerNode:
		return "a whole number"
	case *ast.FloatNode, *ast.InfinityNode, *ast.NanNode:
		return "a number"
	case *ast.BoolNode:
		return "true or false"
	case *ast.StringNode, *ast.LiteralNode:
		return "text"
	}
	return "not a plain value"
}
