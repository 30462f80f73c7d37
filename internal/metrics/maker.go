package metrics

import "github.com/prometheus/client_golang/prometheus"

// maker makes instruments, and keeps a list of them.
type maker struct {
	registry *prometheus.Registry
	made     []described
}

// described is what the operator's guide says of a metric.
type described struct {
	name, kind, help string
	labels           []string
}

func (k *maker) note(kind, name, help string, labels []string) {
	k.made = append(k.made, described{name, kind, help, labels})
}

func (k *maker) counter(name, help string) prometheus.Counter {
	return k.counters(name, help).WithLabelValues()
}

func (k *maker) counters(name, help string, labels ...string) *prometheus.CounterVec {
	k.note("counter", name, help, labels)
	c := prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	k.registry.MustRegister(c)
	return c
}

func (k *maker) gauges(name, help string, labels ...string) *prometheus.GaugeVec {
	k.note("gauge", name, help, labels)
	g := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: help}, labels)
	k.registry.MustRegister(g)
	return g
}

func (k *maker) histogram(name, help string, buckets []float64) prometheus.Observer {
	return k.histograms(name, help, buckets).WithLabelValues()
}

func (k *maker) histograms(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
	k.note("histogram", name, help, labels)
	h := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets}, labels)
	k.registry.MustRegister(h)
	return h
}

func (k *maker) info(name, help string, labels prometheus.Labels) {
	k.note("gauge", name, help, []string{"format", "go", "version"})
	g := prometheus.NewGauge(prometheus.GaugeOpts{Name: name, Help: help, ConstLabels: labels})
	g.Set(1)
	k.registry.MustRegister(g)
}

// looked answers a gauge that is looked up when somebody asks: seen collects it.
func (k *maker) looked(name, help string, labels ...string) *prometheus.Desc {
	k.note("gauge", name, help, labels)
	return prometheus.NewDesc(name, help, labels, nil)
}

// seen registers what is looked up together, by a function that sends the values of
// some of the gauges.
func (k *maker) seen(look func(send), gauges ...*prometheus.Desc) {
	k.registry.MustRegister(collector{gauges, look})
}

// send tells the value of a gauge that is looked up.
type send func(gauge *prometheus.Desc, value float64, labels ...string)

type collector struct {
	gauges []*prometheus.Desc
	look   func(send)
}

// Describe serves prometheus.Collector.
func (c collector) Describe(to chan<- *prometheus.Desc) {
	for _, g := range c.gauges {
		to <- g
	}
}

// Collect serves prometheus.Collector.
func (c collector) Collect(to chan<- prometheus.Metric) {
	c.look(func(g *prometheus.Desc, value float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(g, prometheus.GaugeValue, value, labels...)
	})
}

// yes is a truth as Prometheus has it.
func yes(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
