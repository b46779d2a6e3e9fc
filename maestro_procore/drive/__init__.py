"""OneDrive and SharePoint libraries through Microsoft Graph: signing in, changes, transfers. Knows no other room."""
