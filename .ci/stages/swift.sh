# The Swift package: build, then the README's test command
swift build --build-tests
exec swift test
