"""A local world for the tests: a stand-in for AWS, a faulting proxy, and moto made ready."""
