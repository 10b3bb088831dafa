# Another package depends on a tagged version of this one
Tests/Consumer/check.sh
