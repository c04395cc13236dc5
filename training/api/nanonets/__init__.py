"""The Nanonets OCR API (version 2) as its clients use it: their scripts run here with nothing but the host changed.

A model is a project: `model_id` is the project's id.
"""
