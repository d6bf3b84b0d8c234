"""Reports: events are folded into journeys and counts; reading a report only adds counts up."""
