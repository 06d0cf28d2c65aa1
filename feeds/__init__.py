"""Deliveries in from ERP, WMS, tills and shops.

Owns feeds with their signing keys, deliveries with the raw bytes kept content-addressed, rows in quarantine and how
fresh each feed is. Accepting does no more than check the signature, keep the bytes and answer; a loop reads and applies.
A delivery is applied once; a delivery that was answered is never lost. Prices from feeds never bypass approval.
"""
