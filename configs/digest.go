package configs

// Digest says when the weekly edition is made and who gets it.
type Digest struct {
	Day  string   `yaml:"day"`
	Time string   `yaml:"time"`
	Zone string   `yaml:"zone"`
	Mail []string `yaml:"mail"`
}
