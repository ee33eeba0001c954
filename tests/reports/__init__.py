"""What `benchmarks` reports. (A folder of that name would hide the package from the tests.)"""
