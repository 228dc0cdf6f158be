"""Personal data in texts and URLs: CPR numbers, contact data, and pages that are about people. No page is read here."""
