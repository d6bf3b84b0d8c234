"""What a flow file may say, and where it is wrong."""
